#pragma once

#include <string>

#include <nanobind/nanobind.h>

#include <headway/options.hpp>

namespace headway::python {

/// For every engine: tells the reader of `call_ends()` how calls end, while there is one.
decltype(ClientOptions::on_call_end) call_end_teller();

/// What whoever reads wants to have back with the call that is asked now; empty while nobody reads. With the GIL.
std::string tag_of_now();

/// call_ends(tagger): an Inbox of CallEndNotices, of all engines. `tagger()` gives a text for each call that is asked, which
/// its notice has as `tag`. One at a time; call_ends_stop() ends it. Whoever has read notices says how many by call_ends_read(count):
/// of those that nobody reads no more than some are kept.
void bind_call_ends(nanobind::module_& module);

}  // namespace headway::python
