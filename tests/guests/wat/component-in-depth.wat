;; Holds a component that holds a component, which holds a core module.
(component (component (component (core module))))
