// What the hub asks of a new password, so that the form can say it before.

export const PASSWORD_MIN = 12;
