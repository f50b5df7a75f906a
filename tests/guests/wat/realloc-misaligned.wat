;; Gives room for its facts where none may stand.
(func $configure (param $config i32) (param $length i32) (result i32)
    (global.set $count (i32.const 1))
    (i32.const 320))
(func $configure_branch (param $config i32) (param $length i32) (result i32)
    (global.set $count (i32.const 1))
    (i32.const 352))
(func $realloc (param i32 i32 i32) (param $size i32) (result i32)
    (i32.add
        (i32.const 4096)
        (global.get $count)))
