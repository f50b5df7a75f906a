;; Answers more picks than one answer may hold.
(data (i32.const 640) "\00\00\00\00\01\00\00\00\00\20\00\00\01\04\00\00")
(func $decide (param $facts i32) (param $count i32) (result i32)
    (local $pick i32)
    (local.set $pick (i32.const 8192))
    (loop $next
        (i64.store (local.get $pick) (i64.const 1))
        (local.set $pick (i32.add (local.get $pick) (i32.const 24)))
        (br_if $next (i32.lt_u (local.get $pick) (i32.const 32792))))
    (i32.const 640))
