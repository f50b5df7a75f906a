;; Makes an integer of what is no number.
(func $decide (param $facts i32) (param $count i32) (result i32)
    (i32.trunc_f64_s (f64.const nan)))
