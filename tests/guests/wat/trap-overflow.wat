;; Divides the least integer by minus one.
(func $decide (param $facts i32) (param $count i32) (result i32)
    (drop (i64.div_s (i64.const -9223372036854775808) (i64.const -1)))
    (i32.const 640))
