;; As a rebate, answers an amount for each of its rewards, as it may.
(data (i32.const 648) "\02\00\00\00\40\06\00\00\02\00\00\00")
(data (i32.const 1600) "\03\00\00\00\00\00\00\00\04\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00")
