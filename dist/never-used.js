exports.Client = class {};
