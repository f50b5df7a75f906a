;; As a rebate, declares hundreds of outcomes that all hold the same rewards of a long name.
(memory $memory 3)
(data (i32.const 376) "\00\00\00\00\e0\01\00\00\01\00\00\00\00\00\01\00\00\02\00\00")
(data (i32.const 1360) "\00\20\00\00\60\ea\00\00")
(func $configure_rebate (param $config i32) (param $length i32) (result i32)
    (local $outcome i32)
    (local.set $outcome (i32.const 65536))
    (loop $next
        (i32.store (local.get $outcome) (i32.const 1344))
        (i32.store offset=4 (local.get $outcome) (i32.const 1))
        (local.set $outcome (i32.add (local.get $outcome) (i32.const 8)))
        (br_if $next (i32.lt_u (local.get $outcome) (i32.const 69632))))
    (i32.const 376))
