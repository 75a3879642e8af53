exports.convertBodyToFormDataMap = () => undefined;
