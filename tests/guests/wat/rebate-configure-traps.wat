;; As a rebate, fails when it is configured.
(func $configure_rebate (param $config i32) (param $length i32) (result i32) (unreachable))
