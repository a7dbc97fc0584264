"""The whole house against its contracts; works on whatever checkout it lies in, planted ones too."""
