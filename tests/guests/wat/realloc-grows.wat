;; Takes a page more with every room that it gives.
(func $configure (param $config i32) (param $length i32) (result i32)
    (global.set $count (i32.const 1))
    (i32.const 320))
(func $configure_branch (param $config i32) (param $length i32) (result i32)
    (global.set $count (i32.const 1))
    (i32.const 352))
(func $realloc (param i32 i32 i32) (param $size i32) (result i32)
    (loop $again (br_if $again (i32.and
        (global.get $count)
        (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0)))))
    (i32.const 4096))
