;; Has a name with a line feed in it.
(data (i32.const 64) "\40\06\00\00\0a\00\00\00")
(data (i32.const 1600) "rule\0aINFO!")
