;; Refuses its config with more problems than a number of bytes can hold.
(data (i32.const 320) "\01\00\00\00\00\00\00\00\ff\ff\ff\ff")
