;; As a rebate, declares an outcome of more rewards than its memory could hold.
(data (i32.const 1312) "\40\05\00\00\ff\ff\ff\0f")
