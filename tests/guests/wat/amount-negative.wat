;; Answers an amount below zero, for the player to pay.
(data (i32.const 640) "\00\00\00\00\00\00\00\00\02\00\00\00\40\06\00\00\01\00\00\00")
(data (i32.const 1600) "\fb\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff")
