;; Says that its answer stands on the last bytes of its memory, where none has room.
(func $decide (param $facts i32) (param $count i32) (result i32)
    (i32.const 65532))
