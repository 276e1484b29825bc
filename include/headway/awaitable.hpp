#pragma once

#include <boost/asio/awaitable.hpp>

namespace headway {

/// What coroutines here return: Boost.Asio's own awaitable, so they mix with any other Asio code.
template <class T>
using awaitable = boost::asio::awaitable<T>;

}  // namespace headway
