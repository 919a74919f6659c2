// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/nava.hpp>

/// The stages of a loan. Each function adds the steps of one to the definition.
namespace loan {

void define_prequalification(nava::definition_builder& loan);
void define_application(nava::definition_builder& loan);
void define_processing(nava::definition_builder& loan);
void define_underwriting(nava::definition_builder& loan);
void define_conditions(nava::definition_builder& loan);
void define_closing(nava::definition_builder& loan);

}  // namespace loan
