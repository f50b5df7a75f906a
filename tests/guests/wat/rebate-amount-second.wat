;; As a rebate, gives more of the second reward than it declared.
(data (i32.const 648) "\02\00\00\00\40\06\00\00\02\00\00\00")
(data (i32.const 1600) "\01\00\00\00\00\00\00\00\0a\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00")
