#pragma once

#include <functional>

#include <nanobind/nanobind.h>

#include <headway/options.hpp>

namespace headway::python {

/// What an engine of this process tells of retries to: the reader of `notices()`. Empty while nobody reads them. Guarded by
/// the GIL.
decltype(ClientOptions::on_retry) retry_teller();

/// notices(): an Inbox of RetryNotices, for engines that are made later. One at a time.
void bind_notices(nanobind::module_& module);

}  // namespace headway::python
