//! Native code: where it may come from, and the one place where it is loaded.

use wasmtime::component::Component;

use crate::cache::Authentic;
use crate::class::Class;
use crate::interface::v1::AnyNeeds;
use crate::worker::frame;

/// A configured rule as native code, with what it needs. Made by this host's compiler in this build, now or earlier.
pub(crate) struct Baked {
    pub(crate) needs: AnyNeeds,
    code: Vec<u8>,
}

impl Baked {
    /// From a reply of a compiling process, which is this very program under limits.
    pub(crate) fn from_worker(needs: AnyNeeds, code: Vec<u8>) -> Self {
        Self { needs, code }
    }

    /// From this host's cache. `None` where the content isn't laid out as this build does it.
    pub(crate) fn from_cache(content: &Authentic) -> Option<Self> {
        let mut content = content.as_slice();
        let needs = frame::read_json(&mut content, frame::REPLY_BYTES_MAX).ok()?;
        let code = frame::read(&mut content, frame::CODE_BYTES_MAX).ok()?;
        Some(Self { needs, code })
    }

    /// As it goes into the cache.
    pub(crate) fn to_cache(&self) -> Vec<u8> {
        let mut content = Vec::new();
        frame::write_json(&mut content, &self.needs).expect("writing to memory doesn't fail");
        frame::write(&mut content, &self.code).expect("code is shorter than a frame may be");
        content
    }

    /// Loads the code into a class, and makes its memory image now rather than at the first draw.
    pub(crate) fn load(&self, class: &Class) -> wasmtime::Result<Component> {
        #[expect(unsafe_code, reason = "native code has to be loaded somewhere, and it is here alone")]
        // SAFETY: `deserialize` executes what it is given, and asks that it be the unmodified output of the same build's
        // compiler. A `Baked` has two makers: the reply of this program's own compiling process, and a cache file whose HMAC
        // under this host's key proves that this host wrote it from such a reply. Neither takes bytes from a network, a
        // database or a user. The name of a cache file covers the engine's compatibility hash, which is checked again here.
        let component = unsafe { Component::deserialize(class.engine(), &self.code) }?;
        component.initialize_copy_on_write_image()?;
        Ok(component)
    }
}
