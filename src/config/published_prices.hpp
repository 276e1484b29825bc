#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/price.hpp"

namespace headway::config {

/// The prices that come with headway, of `name` with its provider before it, e.g. "groq/openai/gpt-oss-120b". Their source
/// says their day. None: they have no such model.
std::optional<Prices> published_prices(std::string_view name);

/// The same of `model` at a host that is its provider's own. None: it is not, as a server of the user's own or one between,
/// whatever it calls its models; or they have no such model.
std::optional<Prices> published_prices_at(std::string_view host, std::string_view model);

}  // namespace headway::config
