;; Has a name that leads out of a folder.
(data (i32.const 64) "\40\06\00\00\0c\00\00\00")
(data (i32.const 1600) "../../../etc")
