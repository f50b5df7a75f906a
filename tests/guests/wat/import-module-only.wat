;; Holds a core module that imports a function which nobody gives it.
(component (core module $m (import "env" "read" (func))) (core instance (instantiate $m)))
