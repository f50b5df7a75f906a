;; Says that its answer stands outside of its memory.
(func $decide (param $facts i32) (param $count i32) (result i32)
    (i32.const -8))
