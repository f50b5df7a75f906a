;; As a rebate, answers more amounts than its memory could hold.
(data (i32.const 648) "\01\00\00\00\40\06\00\00\ff\ff\ff\0f")
