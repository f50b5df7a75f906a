;; Has a memory that threads could share.
(component (core module (memory 1 1 shared)))
