;; Says that its answer stands at an odd address.
(func $decide (param $facts i32) (param $count i32) (result i32)
    (i32.const 641))
