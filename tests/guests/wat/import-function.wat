;; Imports a function of the host.
(component (import "tombola:host/secrets" (func)))
