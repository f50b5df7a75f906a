;; Says that its needs stand at an odd address.
(func $configure (param $config i32) (param $length i32) (result i32)
    (i32.const 321))
