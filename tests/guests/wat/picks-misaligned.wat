;; Answers a list at an address where no such list can stand.
(data (i32.const 640) "\00\00\00\00\01\00\00\00\41\06\00\00\01\00\00\00")
