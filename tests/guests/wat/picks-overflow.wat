;; Answers a list of so many picks that their bytes can't be counted.
(data (i32.const 640) "\00\00\00\00\01\00\00\00\00\20\00\00\ff\ff\ff\ff")
