;; Has objects that would have to be collected.
(component (core module (type $s (struct (field (mut i32)))) (func (drop (struct.new $s (i32.const 1))))))
