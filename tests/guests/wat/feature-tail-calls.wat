;; Calls in the place of its caller, and so without an end.
(component (core module (func $f (return_call $f))))
