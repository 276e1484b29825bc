#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "job/input/endpoint.hpp"
#include "job/input/settings.hpp"

namespace headway::job {

struct BodyField {
  BodyField(std::string name_, std::string json_) : name(std::move(name_)), json(std::move(json_)) {}

  std::string name;
  std::string json;  ///< the value
};

/// The fields that the settings put into every body: model, max_tokens, temperature, and `set`, which wins over these.
class BodyFields {
 public:
  /// Throws Error (`configuration`): a `set` that is not KEY=JSON; "stream": true; a temperature that is not finite; a model
  /// that is not valid UTF-8, or as JSON no string; max_tokens below 1.
  explicit BodyFields(const InputSettings& settings);

  /// `newer_limit`: a chat's limit is named max_completion_tokens, as the row's body has it; otherwise it is max_tokens, for
  /// the reasons in wire/encode.cpp.
  const std::vector<BodyField>& at(Endpoint endpoint, bool newer_limit = false) const {
    return newer_limit && endpoint == Endpoint::chat ? newer_chat_ : fields_[static_cast<std::size_t>(endpoint)];
  }

 private:
  std::array<std::vector<BodyField>, endpoint_paths.size()> fields_;
  std::vector<BodyField> newer_chat_;
};

bool has_field(const std::vector<BodyField>& fields, std::string_view name) noexcept;

/// `body`, a JSON object that simdjson may read on behind, with the fields in place of its own of these names. What stays is
/// byte for byte as it was, numbers are not rewritten.
std::string with_fields(simdjson::ondemand::parser& parser, std::string_view body,
                        const std::vector<BodyField>& fields);

}  // namespace headway::job
