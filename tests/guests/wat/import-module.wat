;; Imports a core module.
(component (import "secret" (core module)))
