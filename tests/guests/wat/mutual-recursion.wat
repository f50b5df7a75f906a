;; Two functions call each other without an end, with many live values each.
(func $one (param $depth i64) (result i64)
    (i64.add (local.get $depth) (call $two (i64.add (local.get $depth) (i64.const 1)))))
(func $two (param $depth i64) (result i64)
    (i64.mul (local.get $depth) (call $one (i64.add (local.get $depth) (i64.const 1)))))
(func $decide (param $facts i32) (param $count i32) (result i32)
    (i32.wrap_i64 (call $one (i64.const 1))))
