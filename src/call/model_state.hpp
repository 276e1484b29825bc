#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <headway/client.hpp>
#include <headway/options.hpp>

#include "call/core.hpp"
#include "call/route.hpp"

namespace headway::detail {

/// What the copies of a model share; it never changes.
struct ModelState {
  /// `client`: null for the default client. `default_model` may be empty: then one must be set. `path`: of the API.
  /// Throws Error (`configuration`).
  ModelState(LanguageModelOptions given, std::optional<Client> client, std::string default_model,
             std::string_view path);

  /// Where asynchronous calls of this thread run: the model's own client, that of headway::run, or the default one.
  std::shared_ptr<call::Core> core() const;
  /// The same for a coroutine, by its executor: one on a loop inside headway::run's, as a batch is, holds that one up.
  std::shared_ptr<call::Core> core_for(const boost::asio::any_io_executor& coroutine) const;
  /// Where blocking calls run: never on a loop that the caller's thread would hold up. Throws Error (`configuration`).
  std::shared_ptr<call::Core> blocking_core() const;

  LanguageModelOptions options;
  std::optional<Client> client;
  std::shared_ptr<const call::Routes> routes;  // of all requests without headers of their own
};

/// The client of the headway::run that runs on this thread; null if there is none.
const Client* current_client();

}  // namespace headway::detail
