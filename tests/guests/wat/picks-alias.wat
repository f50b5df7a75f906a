;; Answers many picks that all point at the same long list.
(data (i32.const 640) "\00\00\00\00\01\00\00\00\00\80\00\00\e8\03\00\00")
(func $decide (param $facts i32) (param $count i32) (result i32)
    (local $pick i32)
    (local.set $pick (i32.const 32768))
    (loop $next
        (i64.store (local.get $pick) (i64.const 1))
        (i32.store offset=12 (local.get $pick) (i32.const 8192))
        (i32.store offset=16 (local.get $pick) (i32.const 1000))
        (local.set $pick (i32.add (local.get $pick) (i32.const 24)))
        (br_if $next (i32.lt_u (local.get $pick) (i32.const 56768))))
    (i32.const 640))
