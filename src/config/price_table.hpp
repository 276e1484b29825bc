#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include <headway/options.hpp>

#include "base/price.hpp"

namespace headway::config {

/// The prices of `name` in a file of the format of LiteLLM's model_prices_and_context_window.json: an object of models,
/// each with dollars per token as `input_cost_per_token`, `output_cost_per_token` and, where it has them,
/// `cache_read_input_token_cost`, `output_cost_per_reasoning_token`, `cache_creation_input_token_cost` (and the same with
/// `_above_1hr`); the same with `_above_200k_tokens` and the like behind,
/// for all tokens of a call whose prompt is longer; and all of these with `_flex`, `_priority`, `_batches` and `_ultrafast` behind.
/// Their source is the file's name and the day it was last written. None: the file has no such name, or an entry without
/// a price for both prompt and answer; an embedding has no answer to pay for. Throws Error (`configuration`): no file, no JSON, or a price that is none.
std::optional<Prices> prices_in_file(const std::filesystem::path& file, std::string_view name);

/// The same of one entry, which has no source. Throws simdjson's error for what is no object.
std::optional<Prices> prices_in_entry(std::string_view json);

/// What is known of `model` at `host`: prices that are set win over the file's, and these over the published ones that come
/// with headway. None: nothing is known. Throws as prices_in_file, and for prices that make no sense.
std::optional<Prices> prices_of(const PriceOptions& options, std::string_view host, std::string_view model);
/// The same of an endpoint, of which the environment says what it does not.
std::optional<Prices> prices_of(const EndpointOptions& endpoint, std::string_view model);
/// The same; `model` is for one that names none.
std::optional<Prices> prices_of(const RouteOptions& route, std::string_view model);

}  // namespace headway::config
