//! Sound devices and the voice thread; packets come and go by rings.
