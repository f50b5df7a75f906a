;; Counts its runs in memory and in a global, to answer differently the second time.
(func $configure (param $config i32) (param $length i32) (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (i32.store (i32.const 336) (i32.sub (i32.const 5) (global.get $count)))
    (i32.const 320))
(func $decide (param $facts i32) (param $count i32) (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (i32.store (i32.const 3000) (i32.add (i32.load (i32.const 3000)) (i32.const 1)))
    (i32.store (i32.const 648) (i32.ne
        (i32.add (global.get $count) (i32.load (i32.const 3000)))
        (i32.const 3)))
    (i32.const 640))
