;; Has its facts written over its own answer.
(func $configure (param $config i32) (param $length i32) (result i32)
    (global.set $count (i32.const 1))
    (i32.const 320))
(func $configure_branch (param $config i32) (param $length i32) (result i32)
    (global.set $count (i32.const 1))
    (i32.const 352))
(func $realloc (param i32 i32 i32) (param $size i32) (result i32)
    (select (i32.const 640) (i32.const 4096) (global.get $count)))
