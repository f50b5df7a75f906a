;; Asks for more facts than a revision may read.
(data (i32.const 320) "\00\00\00\00\40\06\00\00\41\00\00\00")
(func $configure (param $config i32) (param $length i32) (result i32)
    (local $fact i32)
    (local.set $fact (i32.const 1600))
    (loop $next
        (i32.store (local.get $fact) (i32.const 1152))
        (i32.store offset=4 (local.get $fact) (i32.const 18))
        (local.set $fact (i32.add (local.get $fact) (i32.const 12)))
        (br_if $next (i32.lt_u (local.get $fact) (i32.const 2400))))
    (i32.const 320))
