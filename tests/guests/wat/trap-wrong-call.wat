;; Calls a function as if it had other types.
(table $own 1 funcref)
(elem (table $own) (i32.const 0) func $decide)
(func $decide (param $facts i32) (param $count i32) (result i32)
    (call_indirect $own (param i64) (result i32) (i64.const 0) (i32.const 0)))
