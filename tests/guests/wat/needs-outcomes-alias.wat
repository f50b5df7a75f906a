;; Declares thousands of outcomes that all hold the same long text.
(memory $memory 3)
(data (i32.const 320) "\00\00\00\00\e0\01\00\00\01\00\00\00\00\00\01\00\a0\0f\00\00")
(func $configure (param $config i32) (param $length i32) (result i32)
    (local $outcome i32)
    (local.set $outcome (i32.const 65536))
    (loop $next
        (i32.store (local.get $outcome) (i32.const 1))
        (i32.store offset=8 (local.get $outcome) (i32.const 4096))
        (i32.store offset=12 (local.get $outcome) (i32.const 60000))
        (local.set $outcome (i32.add (local.get $outcome) (i32.const 32)))
        (br_if $next (i32.lt_u (local.get $outcome) (i32.const 193536))))
    (i32.const 320))
