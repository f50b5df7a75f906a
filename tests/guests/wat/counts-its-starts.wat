;; Counts how often it was started, for needs that change with it.
(start $start)
(func $start (i32.store (i32.const 3000) (i32.add (i32.load (i32.const 3000)) (i32.const 1))))
(func $configure (param $config i32) (param $length i32) (result i32)
    (i32.store (i32.const 336) (i32.add (i32.const 3) (i32.load (i32.const 3000))))
    (i32.const 320))
