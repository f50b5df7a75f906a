;; Gives up at once.
(func $decide (param $facts i32) (param $count i32) (result i32)
    (unreachable))
