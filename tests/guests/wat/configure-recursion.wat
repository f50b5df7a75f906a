;; Configures itself by configuring itself.
(func $configure (param $config i32) (param $length i32) (result i32)
    (i32.add (i32.const 1) (call $configure (i32.const 0) (i32.const 0))))
