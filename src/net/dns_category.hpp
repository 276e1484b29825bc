#pragma once

#include <boost/system/error_category.hpp>

namespace headway::net {

/// The category of name errors: values are c-ares' ARES_E...; messages are plain words, e.g. "no such host name".
const boost::system::error_category& dns_category() noexcept;

}  // namespace headway::net
