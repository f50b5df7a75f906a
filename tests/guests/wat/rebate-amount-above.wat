;; As a rebate, gives more points than it declared.
(data (i32.const 648) "\01\00\00\00\40\06\00\00\01\00\00\00")
(data (i32.const 1600) "\01\00\00\00\00\00\00\00\0b\00\00\00\00\00\00\00")
