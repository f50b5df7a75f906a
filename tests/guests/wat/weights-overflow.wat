;; Answers weights whose sum is beyond what the odds can hold.
(data (i32.const 640) "\00\00\00\00\01\00\00\00\40\06\00\00\02\00\00\00")
(data (i32.const 1600) "\ff\ff\ff\ff\ff\ff\ff\ff\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\ff\ff\ff\ff\ff\ff\ff\ff\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
