;; Answers an error with line feeds and escape codes, to forge lines of a log.
(data (i32.const 640) "\01\00\00\00\40\06\00\00\18\00\00\00")
(data (i32.const 1600) "\0a{\22level\22:\22INFO\22}\1b[2J\0a")
