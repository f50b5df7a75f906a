;; Refuses its config without saying why.
(data (i32.const 320) "\01\00\00\00\40\06\00\00\00\00\00\00")
