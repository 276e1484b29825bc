#pragma once

#include <exception>
#include <memory>
#include <string>

#include <boost/asio/any_completion_handler.hpp>

#include <headway/options.hpp>
#include <headway/outcome.hpp>
#include <headway/response.hpp>

// The seam between the templates of the public headers and the compiled library. Not for users.
namespace headway::detail {

struct ModelState;
class PassThrough;

template <class T>
using throwing_handler = boost::asio::any_completion_handler<void(std::exception_ptr, T)>;
template <class T>
using outcome_handler = boost::asio::any_completion_handler<void(Outcome<T>)>;

}  // namespace headway::detail
